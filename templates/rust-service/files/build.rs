//! Turns the contract into the JSON that the service serves, so that a contract that does not parse is a build error.

use std::error::Error;
use std::path::Path;
use std::{env, fs};

const CONTRACT: &str = "contract/openapi.yaml";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={CONTRACT}");
    let contract: serde_json::Value = serde_yaml::from_str(&fs::read_to_string(CONTRACT)?)?;
    let target = Path::new(&env::var("OUT_DIR")?).join("openapi.json");
    fs::write(target, serde_json::to_string(&contract)?)?;
    Ok(())
}
