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

/// Has all threads share one arena of glibc's. A window lives for days and its threads let go of what others made; in arenas of
/// their own the gaps of each are of no use to the rest, and the process grows though nothing is held (`docs/speed.md`). To be
/// called before the threads are made.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub fn share_one_arena() {
    /// From glibc's malloc.h.
    const M_ARENA_MAX: i32 = -8;
    unsafe extern "C" {
        fn mallopt(parameter: i32, value: i32) -> i32;
    }
    // SAFETY: glibc's own, which takes its locks.
    unsafe { mallopt(M_ARENA_MAX, 1) };
}

/// Elsewhere the allocators have no such arenas.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub fn share_one_arena() {}
