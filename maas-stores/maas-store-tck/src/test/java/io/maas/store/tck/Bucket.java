package io.maas.store.tck;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/** What an object store gives: objects replaced as a whole, strongly consistent, and writes under a condition. */
final class Bucket {
    private final ConcurrentNavigableMap<String, Content> objects = new ConcurrentSkipListMap<>();
    private final AtomicLong writes = new AtomicLong();

    /** @param tag never the same for two writes */
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    record Content(byte[] bytes, long tag) {}

    Optional<Content> get(String key) {
        travel();
        return Optional.ofNullable(objects.get(key));
    }

    void put(String key, byte[] bytes) {
        travel();
        objects.put(key, new Content(bytes, writes.incrementAndGet()));
    }

    /** Writes if the object is still the one with that tag, or if there is still none. */
    boolean putIf(Optional<Long> tag, String key, byte[] bytes) {
        travel();
        boolean[] done = new boolean[1];
        objects.compute(key, (any, old) -> {
            done[0] = Optional.ofNullable(old).map(Content::tag).equals(tag);
            return done[0] ? new Content(bytes, writes.incrementAndGet()) : old;
        });
        return done[0];
    }

    void delete(String key) {
        travel();
        objects.remove(key);
    }

    /** The keys that begin so. */
    List<String> list(String prefix) {
        travel();
        return objects.tailMap(prefix).keySet().stream()
                .takeWhile(key -> key.startsWith(prefix))
                .toList();
    }

    /** The way to it takes a moment, in which others come first. */
    private static void travel() {
        LockSupport.parkNanos(20_000);
    }
}
