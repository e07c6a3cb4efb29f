//! Memory that was freed and that the allocator keeps.

/// Gives what was freed back to the system, wherever among glibc's arenas it lies. Whoever lets go of much at once calls it: the old
/// blocks of a workspace that grew, each a little too small for the next window, and a piece that leaves the desk, lie in
/// the arenas of whichever threads made them, and would be held beside what is used. Takes a few milliseconds.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub fn give_back() {
    unsafe extern "C" {
        fn malloc_trim(pad: usize) -> i32;
    }
    // SAFETY: glibc's own, which takes its locks; it may be called at any time on any thread.
    unsafe { malloc_trim(0) };
}

/// Elsewhere the allocators see to it by themselves.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub fn give_back() {}
