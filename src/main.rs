//! Hands the arguments to the command line.

/// The system's own makes threads that free each other's memory wait for one another.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    coinslot::cli::main()
}
