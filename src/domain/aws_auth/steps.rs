//! Counts the steps of what is done for each row, so that tests see whether reading and changing a map stays linear. Nothing
//! outside of tests.

#[cfg(test)]
thread_local! {
    static TAKEN: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// So many bytes were read, or rows looked at.
pub(in crate::domain::aws_auth) fn add(steps: usize) {
    #[cfg(test)]
    TAKEN.with(|taken| taken.set(taken.get() + steps));
    #[cfg(not(test))]
    let _ = steps;
}

/// The steps that this thread takes for something.
#[cfg(test)]
pub(in crate::domain::aws_auth) fn of(doing: impl FnOnce()) -> usize {
    let before = TAKEN.with(std::cell::Cell::get);
    doing();
    TAKEN.with(std::cell::Cell::get) - before
}
