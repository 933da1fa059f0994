package io.maas.graph.onnx;

/**
 * What a model will take, as far as its file says.
 *
 * @param valueBytes of the values that it holds, or that lie in files beside it
 * @param constantBytes of the values that an engine computes from these when it loads the model
 */
public record LoadEstimate(long valueBytes, long constantBytes) {
    /** Of both together; buffers of runs come on top. */
    public long residentBytes() {
        long sum = valueBytes + constantBytes;
        return sum < 0 ? Long.MAX_VALUE : sum;
    }
}
