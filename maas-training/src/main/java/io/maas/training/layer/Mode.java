package io.maas.training.layer;

/** What a network is written for. It says how layers are applied, and is no state of theirs. */
public enum Mode {
    /** To learn: dropout drops, and batch normalization takes the statistics of the batch and carries running ones on. */
    TRAINING,
    /** To answer, and to be measured: nothing is random, and a row's output does not depend on the rows beside it. */
    INFERENCE
}
