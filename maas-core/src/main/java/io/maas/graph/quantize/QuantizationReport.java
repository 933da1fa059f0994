package io.maas.graph.quantize;

import com.google.common.collect.ImmutableMap;
import java.util.List;
import java.util.Map;

/**
 * What fewer bits made of a model.
 *
 * <p>Immutable and thread-safe.
 *
 * @param bytesBefore the size of the model's file
 * @param bytesAfter the size of the file with fewer bits
 * @param samples how many answers were compared
 * @param outputs how near they are, by the name of the output
 * @param layers each node whose weights were rounded, those that lose most first
 */
public record QuantizationReport(
        long bytesBefore, long bytesAfter, long samples, Map<String, Output> outputs, List<Layer> layers) {
    /**
     * How near the values of an output are.
     *
     * @param meanCosine the mean of the cosines between rows along the first axis; 1 where there are no floating-point values
     * @param leastCosine the least of them
     * @param largestDifference the largest absolute difference of two elements; infinite where one only is not a number
     * @param agreement the share of vectors along the last axis whose largest elements stand at the same place; of equal elements,
     *     where they are not floating-point
     */
    public record Output(double meanCosine, double leastCosine, double largestDifference, double agreement) {}

    /**
     * A node whose weights were rounded.
     *
     * @param name its name, or that of its first output if it has none
     * @param error the Euclidean norm of what it loses, over that of its output, when it reads what the original reads
     */
    public record Layer(String name, double error) {}

    public QuantizationReport {
        outputs = ImmutableMap.copyOf(outputs);
        layers = List.copyOf(layers);
    }

    /** The size of the file with fewer bits, over that of the original. */
    public double ratio() {
        return (double) bytesAfter / bytesBefore;
    }
}
