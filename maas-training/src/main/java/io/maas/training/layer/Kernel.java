package io.maas.training.layer;

import io.maas.error.Require;
import io.maas.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * How a kernel moves over the spatial axes of an input: one to three of them, with a number for each in every list.
 *
 * <p>Immutable and thread-safe.
 *
 * @param size how many elements it takes, {@code > 0}
 * @param stride how far it moves, {@code > 0}
 * @param dilation how far the elements that it takes lie apart, {@code > 0}
 * @param padding what it sees beyond the border
 */
public record Kernel(List<Integer> size, List<Integer> stride, List<Integer> dilation, Padding padding) {
    /** The largest number of spatial axes. */
    private static final int MAX_AXES = 3;

    public Kernel {
        size = List.copyOf(size);
        int axes = size.size();
        Require.that(axes >= 1 && axes <= MAX_AXES, "kernel", size, "one size for each of 1 to 3 spatial axes");
        stride = all(stride, axes, "stride");
        dilation = all(dilation, axes, "dilation");
        size.forEach(each -> Require.positive(each, "kernel"));
        if (!padding.before().isEmpty()) {
            padding = new Padding(
                    false, spread(padding.before(), axes, "padding"), spread(padding.after(), axes, "padding"));
        }
    }

    private static List<Integer> all(List<Integer> given, int axes, String name) {
        given.forEach(each -> Require.positive(each, name));
        return spread(given, axes, name);
    }

    /** One number for all axes, or one for each. */
    private static List<Integer> spread(List<Integer> given, int axes, String name) {
        Require.that(
                given.size() == 1 || given.size() == axes,
                name,
                given,
                "one number for all spatial axes, or one for each of " + axes);
        return given.size() == axes ? List.copyOf(given) : Collections.nCopies(axes, given.get(0));
    }

    /** Of that size, moving by 1 within the input. */
    static Kernel of(int... size) {
        return new Kernel(Arrays.stream(size).boxed().toList(), List.of(1), List.of(1), Padding.valid());
    }

    Kernel withStride(int... steps) {
        return new Kernel(size, Arrays.stream(steps).boxed().toList(), dilation, padding);
    }

    Kernel withDilation(int... steps) {
        return new Kernel(size, stride, Arrays.stream(steps).boxed().toList(), padding);
    }

    Kernel withPadding(Padding other) {
        return new Kernel(size, stride, dilation, other);
    }

    int axes() {
        return size.size();
    }

    long[] sizes() {
        return size.stream().mapToLong(each -> each).toArray();
    }

    /** First values for weights between so many channels of each group: every element of the kernel counts. */
    Initializer scaled(Initializer weight, long in, long out) {
        double elements = size.stream().mapToDouble(each -> each).reduce(1, (a, b) -> a * b);
        return weight.withFans(in * elements, out * elements);
    }

    /** How many elements it spans along an axis. */
    private long reach(int axis) {
        return (size.get(axis) - 1L) * dilation.get(axis) + 1;
    }

    // ---- as attributes

    /** As the attributes of a convolution or pool over this input. */
    Map<String, Object> attributes(Shape input) {
        Map<String, Object> attributes = moves();
        if (!padding.fitting()) {
            if (!padding.before().isEmpty()) {
                attributes.put("pads", joined(padding.before(), padding.after()));
            }
        } else if (IntStream.range(0, axes()).allMatch(axis -> isKnown(input, axis))) {
            attributes.put("pads", samePads(input));
        } else {
            attributes.put("auto_pad", "SAME_UPPER");
        }
        return attributes;
    }

    private Map<String, Object> moves() {
        Map<String, Object> attributes = new LinkedHashMap<>();
        attributes.put("kernel_shape", longs(size));
        attributes.put("strides", longs(stride));
        if (dilation.stream().anyMatch(each -> each > 1)) {
            attributes.put("dilations", longs(dilation));
        }
        return attributes;
    }

    /** Whether the padding of an axis does not wait for the run: with stride 1 it is the same for all sizes. */
    private boolean isKnown(Shape input, int axis) {
        return stride.get(axis) == 1 || input.size(axis + 2) != Shape.VARIABLE;
    }

    private List<Long> samePads(Shape input) {
        return halved(axis -> {
            long step = stride.get(axis);
            long last = step == 1 ? 0 : ((input.size(axis + 2) + step - 1) / step - 1) * step - input.size(axis + 2);
            return step == 1 ? reach(axis) - 1 : last + reach(axis);
        });
    }

    private interface Total {
        long of(int axis);
    }

    /** Half of each total before, and the rest behind. */
    private List<Long> halved(Total total) {
        List<Long> before = new ArrayList<>();
        List<Long> after = new ArrayList<>();
        for (int axis = 0; axis < axes(); axis++) {
            long all = Math.max(0, total.of(axis));
            before.add(all / 2);
            after.add(all - all / 2);
        }
        before.addAll(after);
        return before;
    }

    /**
     * As the attributes of a transposed convolution, whose padding is cut off the result; under same padding the result is {@code
     * size · stride}.
     *
     * @param more how much longer the result is to be along each axis
     */
    Map<String, Object> transposedAttributes(List<Integer> more) {
        Map<String, Object> attributes = moves();
        List<Long> longer = new ArrayList<>();
        for (int axis = 0; axis < axes(); axis++) {
            long missing = padding.fitting() ? Math.max(0, stride.get(axis) - reach(axis)) : 0;
            longer.add(missing + (more.isEmpty() ? 0 : more.get(axis)));
        }
        if (longer.stream().anyMatch(each -> each > 0)) {
            attributes.put("output_padding", longer);
        }
        if (padding.fitting()) {
            attributes.put("pads", halved(axis -> reach(axis) - stride.get(axis)));
        } else if (!padding.before().isEmpty()) {
            attributes.put("pads", joined(padding.before(), padding.after()));
        }
        return attributes;
    }

    private static List<Long> joined(List<Integer> before, List<Integer> after) {
        List<Long> all = new ArrayList<>(longs(before));
        all.addAll(longs(after));
        return all;
    }

    private static List<Long> longs(List<Integer> numbers) {
        return numbers.stream().map(Integer::longValue).toList();
    }

    // ---- checks

    /** What an input has to look like, such as {@code [batch, 8, size, size]}. */
    String expected(Object channels) {
        return "[batch, " + channels + ", size".repeat(axes()) + "]";
    }

    /** Whether a shape has batch, channels and the spatial axes, with the number of channels known. */
    boolean fits(Shape input) {
        return input.rank() == axes() + 2 && input.size(1) != Shape.VARIABLE;
    }

    /** Whether the kernel has at least one place along each axis whose size is known. */
    boolean hasRoom(Shape input) {
        return padding.fitting()
                || IntStream.range(0, axes()).allMatch(axis -> {
                    long pads = padding.before().isEmpty()
                            ? 0
                            : padding.before().get(axis) + padding.after().get(axis);
                    return input.size(axis + 2) == Shape.VARIABLE || input.size(axis + 2) + pads >= reach(axis);
                });
    }
}
