package io.maas.training.layer;

import io.maas.error.Require;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What a kernel sees beyond the border: zeros for convolutions, nothing for pools.
 *
 * <p>Immutable and thread-safe.
 *
 * @param fitting whether as much as makes the number of places {@code ⌈size / stride⌉}; the lists are empty then
 * @param before places before the first element of each spatial axis, {@code >= 0}; empty for none
 * @param after places behind the last, {@code >= 0}
 */
public record Padding(boolean fitting, List<Integer> before, List<Integer> after) {
    public Padding {
        before = List.copyOf(before);
        after = List.copyOf(after);
        Require.that(before.size() == after.size(), "after", after, "as many numbers as before " + before);
        Require.that(!fitting || before.isEmpty(), "before", before, "none, as same padding follows from the sizes");
        for (int each : IntStream.concat(
                        before.stream().mapToInt(i -> i), after.stream().mapToInt(i -> i))
                .toArray()) {
            Require.that(each >= 0, "padding", each, "padding >= 0");
        }
    }

    /** None: the kernel stays within the input. */
    public static Padding valid() {
        return new Padding(false, List.of(), List.of());
    }

    /** As much as keeps the size under stride 1, and divides it by a larger one, rounding up; the odd one comes behind. */
    public static Padding same() {
        return new Padding(true, List.of(), List.of());
    }

    /** So many places on both sides of each spatial axis; one number for all axes, or one for each. */
    public static Padding of(int... sizes) {
        List<Integer> each = Arrays.stream(sizes).boxed().toList();
        return new Padding(false, each, each);
    }
}
