package io.maas.serving;

import io.maas.backend.Program;

/** A version's hold on a program that others may use too; closing it lets go of it. */
interface ServedProgram extends Program {
    /** What the engine's program takes, as far as known; 0 while it is not loaded. */
    long residentBytes();
}
