pub mod operand;
