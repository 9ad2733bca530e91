//! The folders that are still to be read, shared by the threads that read them.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::{DiskError, Open, Visit, Visited};

/// So few folders are not worth another thread.
const FEW: usize = 32;
/// More threads than this wait for each other.
const MOST_THREADS: usize = 4;

/// Folders that wait for a thread.
pub(super) struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    open: Vec<Open>,
    /// How many threads read a folder, in which they may find others.
    busy: usize,
    /// The mistake that ended the walk; of several, that of the first path, whichever thread met it first.
    error: Option<DiskError>,
}

impl Queue {
    pub(super) fn new(root: Open) -> Self {
        Self { state: Mutex::new(State { open: vec![root], busy: 0, error: None }), changed: Condvar::new() }
    }

    /// Reads the folders and all that they hold, in no order. The threads are its own: the pool that evaluates policies begins with
    /// stacks of another size.
    ///
    /// # Errors
    /// What a folder that cannot be read gives; nothing else is read then.
    pub(super) fn visit_all(&self, visit: &Visit<'_>) -> Result<Vec<Visited>, DiskError> {
        let mut all = self.alone(visit);
        if self.lock().open.len() > FEW {
            let threads = std::thread::available_parallelism().map_or(1, usize::from).min(MOST_THREADS);
            std::thread::scope(|scope| {
                let others: Vec<_> = (1..threads).map(|_| scope.spawn(|| self.work(visit))).collect();
                all.extend(self.work(visit));
                all.extend(others.into_iter().flat_map(|other| other.join().expect("reading a folder does not panic")));
            });
        }
        self.lock().error.take().map_or(Ok(all), Err)
    }

    /// Reads folders until nothing is left, or more than one thread should do.
    fn alone(&self, visit: &Visit<'_>) -> Vec<Visited> {
        let mut all = Vec::new();
        while self.lock().open.len() <= FEW {
            let Some(folder) = self.next() else { break };
            all.extend(self.done(visit(&folder)));
        }
        all
    }

    /// Reads folders until nothing is left.
    fn work(&self, visit: &Visit<'_>) -> Vec<Visited> {
        let mut all = Vec::new();
        while let Some(folder) = self.next() {
            all.extend(self.done(visit(&folder)));
        }
        all
    }

    /// The next folder, waiting for one as long as others may still find some.
    fn next(&self) -> Option<Open> {
        let waits = |state: &mut State| state.open.is_empty() && state.busy > 0;
        let mut state = self.changed.wait_while(self.lock(), waits).unwrap_or_else(PoisonError::into_inner);
        let folder = state.open.pop()?;
        state.busy += 1;
        Some(folder)
    }

    /// Takes in what a folder held.
    fn done(&self, visited: Result<Visited, DiskError>) -> Option<Visited> {
        let mut state = self.lock();
        state.busy -= 1;
        let visited = match visited {
            Ok(mut visited) if state.error.is_none() => {
                state.open.append(&mut visited.folders);
                Some(visited)
            }
            Ok(_) => None,
            Err(error) => {
                state.open.clear();
                let is_first = state.error.as_ref().is_none_or(|known| error.path < known.path);
                if is_first {
                    state.error = Some(error);
                }
                None
            }
        };
        if state.busy == 0 || state.open.len() > 1 {
            self.changed.notify_all();
        }
        visited
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
