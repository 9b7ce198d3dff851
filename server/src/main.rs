use std::process::ExitCode;

/// Batches of ten thousand agents are small pieces that come and go all the time: the system's allocator took a quarter of the
/// server's time for them, and kept twice the memory.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    highwater::cli::main()
}
