//! See `targets::kubernetes_answers`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| targets::kubernetes_answers(data));
