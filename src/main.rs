//! The one binary. Everything it can do is in [`lacuna::cli`].

fn main() -> std::process::ExitCode {
    lacuna::device::keep_default_on_cpu();
    lacuna::cli::main()
}
