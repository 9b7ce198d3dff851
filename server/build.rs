//! Takes in what browsers load: embedded into the program, compressed; read from the folder by debug builds.

fn main() {
    memory_serve::load_directory("../static");
}
