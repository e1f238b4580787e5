//! Parsers of typed values, one for policy values and context values alike (C-10, C-11).

pub mod arn;
pub mod base64;
pub mod boolean;
pub mod date;
pub mod ip;
pub mod number;
