package io.maas.serving;

import com.google.common.collect.ImmutableSortedSet;
import io.maas.error.Require;
import java.util.List;

/**
 * Which versions of a model are loaded beside the one that answers by default, so that requests may name them. It is applied
 * when it is set and at each change of the deployment.
 *
 * <p>Immutable and thread-safe.
 *
 * @param latest how many of the newest published versions
 * @param pinned further versions by number
 */
public record LoadPolicy(int latest, ImmutableSortedSet<Integer> pinned) {
    public LoadPolicy {
        Require.that(latest >= 0, "latest", latest, "latest >= 0");
    }

    /** Only what answers by default, or is tried out. */
    public static LoadPolicy current() {
        return new LoadPolicy(0, ImmutableSortedSet.of());
    }

    /** The newest so many. */
    public static LoadPolicy latest(int count) {
        return new LoadPolicy(Require.positive(count, "count"), ImmutableSortedSet.of());
    }

    /** These. */
    public static LoadPolicy pinned(Integer... numbers) {
        return new LoadPolicy(0, ImmutableSortedSet.copyOf(numbers));
    }

    /** Every published version. */
    public static LoadPolicy all() {
        return new LoadPolicy(Integer.MAX_VALUE, ImmutableSortedSet.of());
    }

    /** Whether anything but the default is to be loaded. */
    boolean isCurrentOnly() {
        return latest == 0 && pinned.isEmpty();
    }

    /** The versions meant, of those published. */
    ImmutableSortedSet<Integer> of(List<Integer> published) {
        return ImmutableSortedSet.<Integer>naturalOrder()
                .addAll(pinned)
                .addAll(published.subList(Math.max(0, published.size() - latest), published.size()))
                .build();
    }
}
