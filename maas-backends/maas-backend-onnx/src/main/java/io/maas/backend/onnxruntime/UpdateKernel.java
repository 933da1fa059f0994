package io.maas.backend.onnxruntime;

/** A compiled {@link UpdateFormula}: one pass over a piece of each tensor. Thread-safe. */
interface UpdateKernel {
    /**
     * Computes the first elements of a piece.
     *
     * @param tensors the tensors that are read, then those for the results, which may be the same arrays, then those that
     *     collect the sums: each of their elements grows by what the element at its place adds
     * @param scalars the numbers that are the same for all elements
     * @param count how many elements; no array is shorter
     */
    void run(float[][] tensors, float[] scalars, int count);
}
