fn main() { println!("done"); }
