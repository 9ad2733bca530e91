//! Limits of a child process that does a stranger's work.

/// The most that a child may have; what is `None` is not limited.
#[derive(Clone, Copy, Debug)]
pub(super) struct Most {
    /// The address space, in bytes.
    pub memory: u64,
    /// The processor time, in seconds.
    pub processor: Option<u64>,
    /// The size of a file that it writes, in bytes.
    pub file: Option<u64>,
}

/// Takes from this process what it does not need. A system that refuses still has the deadlines of the parent and the engine.
#[cfg(unix)]
pub(super) fn limit(most: Most) {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let limits =
        [(Resource::As, Some(most.memory)), (Resource::Cpu, most.processor), (Resource::Core, Some(0)), (Resource::Fsize, most.file)];
    for (resource, most) in limits.into_iter().filter_map(|(resource, most)| Some((resource, most?))) {
        // One second more lets the signal of the first limit say what happened.
        let maximum = most + u64::from(resource == Resource::Cpu);
        let _ = setrlimit(resource, Rlimit { current: Some(most), maximum: Some(maximum) });
    }
}

/// Nothing: the deadlines of the parent and the engine are the limits here.
#[cfg(not(unix))]
pub(super) fn limit(_: Most) {}

/// How much of a processor the calling thread has used, as Linux tells it.
pub(super) fn processor() -> Option<std::time::Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split(' ').next()?.parse().ok().map(std::time::Duration::from_nanos)
}

#[cfg(test)]
mod tests {
    #[cfg(target_os = "linux")]
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn a_thread_that_sleeps_uses_no_processor() {
        let before = processor().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(200));
        assert!(processor().unwrap() - before < std::time::Duration::from_millis(100));
        while processor().unwrap() - before < std::time::Duration::from_millis(150) {
            std::hint::black_box(before);
        }
    }
}
