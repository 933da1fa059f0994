package io.maas.serving;

import io.maas.backend.Program;

/** A version's hold on a program that others may use too; closing it lets go of it. */
interface ServedProgram extends Program {
    /** What the engine's program takes, as far as known; 0 while it is not loaded. */
    long residentBytes();

    /** What an element costs that only fills up, of one that does not, about; 1 while it is not loaded. */
    double fillCost();
}
