package io.maas.graph.onnx;

import ai.onnx.proto.OnnxMl.TensorProto;
import io.maas.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a value that an engine computes when it loads a model, without computing it: how large it is, and its numbers if they are
 * few, as these are sizes of others.
 */
final class Constant {
    /** Sizes, axes and paddings are no more. */
    static final int MOST_NUMBERS = 64;

    /** What a text takes beside its characters. */
    static final long TEXT_BYTES = 32;

    private final long @Nullable [] sizes;
    private final long elements;
    private final long elementBytes;
    private final double @Nullable [] numbers;
    /** Whether its memory has been counted for a value that may take its place. */
    private boolean replaced;

    private Constant(long @Nullable [] sizes, long elements, long elementBytes, double @Nullable [] numbers) {
        this.sizes = sizes;
        this.elements = elements;
        this.elementBytes = elementBytes;
        this.numbers = numbers;
    }

    /** @throws ArithmeticException if these are more elements than a long counts */
    static Constant ofSizes(long[] sizes, long elementBytes) {
        return new Constant(sizes, product(sizes), elementBytes, null);
    }

    static Constant ofElements(long elements, long elementBytes) {
        return new Constant(null, elements, elementBytes, null);
    }

    /** A list, or with {@code null} sizes of a shape that is not known. */
    static Constant ofNumbers(double[] numbers, long @Nullable [] sizes, long elementBytes) {
        double[] known = numbers.length > MOST_NUMBERS ? null : numbers;
        return new Constant(sizes, numbers.length, elementBytes, known);
    }

    static Constant list(double... numbers) {
        return ofNumbers(numbers, new long[] {numbers.length}, Long.BYTES);
    }

    /** A tensor that was let in; of one in another file the numbers are not known. */
    static Constant of(TensorProto tensor) {
        long[] sizes = OnnxTensors.dims(tensor);
        long elements = product(sizes);
        long elementBytes = elementBytes(tensor.getDataType());
        long longest = tensor.getStringDataList().stream()
                .mapToLong(text -> text.size())
                .max()
                .orElse(0);
        if (elements > MOST_NUMBERS || TensorCheck.isOutside(tensor) || elementBytes == TEXT_BYTES) {
            return new Constant(sizes, elements, elementBytes + longest, null);
        }
        Tensor small = OnnxTensors.tensor(tensor);
        return new Constant(sizes, elements, elementBytes, small == null ? null : small.toDoubleArray());
    }

    /** Of one element of a type in memory, rounded up. */
    static long elementBytes(int dataType) {
        int bits = ElementTypes.bits(dataType);
        return bits == 0 ? TEXT_BYTES : Math.max(1, bits / Byte.SIZE);
    }

    static long product(long[] sizes) {
        long product = 1;
        boolean overflow = false;
        for (long size : sizes) {
            if (size == 0) {
                return 0;
            }
            // Saturated, as a later 0 makes it nothing after all.
            overflow |= Math.multiplyHigh(product, size) != 0 || product * size < 0;
            product *= size;
        }
        if (overflow) {
            throw new ArithmeticException("long overflow");
        }
        return product;
    }

    Constant withElementBytes(long other) {
        return new Constant(sizes, elements, other, numbers);
    }

    /** The same numbers in another form. */
    Constant withSizes(long @Nullable [] others) {
        return new Constant(others, elements, elementBytes, numbers);
    }

    long @Nullable [] sizes() {
        return sizes;
    }

    long elements() {
        return elements;
    }

    long elementBytes() {
        return elementBytes;
    }

    double @Nullable [] numbers() {
        return numbers;
    }

    /** @throws ArithmeticException if these are more than a long counts */
    long bytes() {
        return Math.multiplyExact(elements, elementBytes);
    }

    /** Its bytes if nothing took its place before, else 0: one may be dropped when another is made of it, more may not. */
    long giveUp() {
        boolean first = !replaced;
        replaced = true;
        return first ? bytes() : 0;
    }
}
