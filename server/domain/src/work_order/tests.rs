//! What follows from the facts of a work order, told as stories.

mod closing;
mod erasure;
mod filing;
mod fold;
mod golden;
mod joining;
mod judgement;
mod link;
mod properties;
mod stage;
mod steps;
mod summary;
