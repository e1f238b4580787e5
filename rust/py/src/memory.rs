//! Memory of the process after a large load.

/// Does some work that needs much memory for a short while, and gives what is free again back to the system: glibc keeps
/// it otherwise, and a parsed document is several times as large as its compiled form.
pub(crate) fn tidy_after<T>(work: impl FnOnce() -> T) -> T {
    let done = work();
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: `malloc_trim` may be called at any time from any thread; it takes a number and returns one.
    unsafe {
        libc::malloc_trim(0);
    }
    done
}
