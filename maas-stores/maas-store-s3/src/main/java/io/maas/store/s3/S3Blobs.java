package io.maas.store.s3;

import com.google.common.collect.Iterables;
import io.maas.registry.BlobStore;
import io.maas.store.s3.S3Bucket.Listed;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import software.amazon.awssdk.services.s3.model.Delete;
import software.amazon.awssdk.services.s3.model.ObjectIdentifier;

/**
 * Blobs as objects {@code blobs/<sha256>}. Publications and collections keep out of each other's way by pins and marks, as {@link
 * BlobStore} describes it.
 */
final class S3Blobs implements BlobStore {
    private static final String BLOBS = "blobs/";
    private static final String PINS = "pins/";
    private static final Pattern DIGEST = Pattern.compile("[0-9a-f]{64}");

    /** How many objects one request may remove. */
    private static final int REMOVED_AT_ONCE = 1_000;

    /** After so long a publication that has not ended is one that died. */
    private static final Duration PIN_LIFE = Duration.ofDays(1);

    /**
     * For so long after the last removal publications wait on, in case the network delivers the removal again after its answer.
     * A grace time that is shorter bounds it.
     */
    private static final Duration SETTLING = Duration.ofSeconds(5);

    private final S3Bucket bucket;
    private final S3Marks marks;
    private final Duration grace;
    private final Clock clock;

    S3Blobs(S3Bucket bucket, S3Options options, Clock clock) {
        this.bucket = bucket;
        this.marks = new S3Marks(bucket, options.lease());
        this.grace = options.grace();
        this.clock = clock;
    }

    static String key(String sha256) {
        if (!DIGEST.matcher(sha256).matches()) {
            throw new IllegalArgumentException("sha256: \"" + sha256 + "\" (expected: 64 lower-case hex digits)");
        }
        return BLOBS + sha256;
    }

    @Override
    public InputStream open(String sha256) throws IOException {
        return bucket.open(key(sha256));
    }

    @Override
    public void list(Consumer<Kept> each) throws IOException {
        List<Listed> all = bucket.call(
                "list",
                BLOBS,
                () -> bucket.list(BLOBS)
                        .filter(blob -> DIGEST.matcher(digest(blob)).matches())
                        .toList());
        all.forEach(blob -> each.accept(new Kept(digest(blob), blob.size())));
    }

    @Override
    public String describe(String sha256) {
        return bucket.uri(key(sha256));
    }

    @Override
    public Staging stage() {
        return new S3Staging(bucket, marks, PINS);
    }

    @Override
    public long retain(References references) throws IOException {
        Instant now = clock.instant();
        new S3Upload(bucket, BLOBS).abortBefore(now.minus(PIN_LIFE));
        List<Listed> unused = unused(references.digests(), now.minus(grace));
        if (unused.isEmpty()) {
            return 0;
        }
        S3Marks.Mark mark = marks.begin();
        boolean settled = true;
        try {
            Set<String> pinned = pinned(now.minus(PIN_LIFE));
            // Asked again: only from now on can no publication come in between that is not seen.
            pinned.addAll(references.digests());
            List<Listed> removed = unused.stream()
                    .filter(blob -> !pinned.contains(digest(blob)))
                    .toList();
            settled = false;
            for (List<Listed> some : Iterables.partition(removed, REMOVED_AT_ONCE)) {
                mark.renew();
                remove(some, mark.left());
            }
            settled = true;
            if (!removed.isEmpty()) {
                mark.renew();
                S3Marks.pause(grace.compareTo(SETTLING) < 0 ? grace : SETTLING);
            }
            return removed.stream().mapToLong(Listed::size).sum();
        } finally {
            // A removal that may still be on its way keeps publications out until the lease is over.
            if (settled) {
                mark.end();
            }
        }
    }

    private static String digest(Listed blob) {
        return blob.key().substring(BLOBS.length());
    }

    private List<Listed> unused(Set<String> used, Instant until) throws IOException {
        return bucket.call(
                "list",
                BLOBS,
                () -> bucket.list(BLOBS)
                        .filter(blob -> DIGEST.matcher(digest(blob)).matches())
                        .filter(blob ->
                                !used.contains(digest(blob)) && !blob.modified().isAfter(until))
                        .toList());
    }

    /** What is being published. */
    private Set<String> pinned(Instant alive) throws IOException {
        Set<String> pinned = new HashSet<>();
        for (Listed pin : bucket.listAll(PINS)) {
            if (pin.modified().isBefore(alive)) {
                bucket.delete(pin.key());
            } else {
                // If it is gone by now, that publication has ended, and the references tell of it.
                bucket.get(pin.key())
                        .ifPresent(found -> pinned.addAll(new String(found.bytes(), StandardCharsets.US_ASCII)
                                .lines()
                                .toList()));
            }
        }
        return pinned;
    }

    private void remove(List<Listed> blobs, Duration time) throws IOException {
        if (time.isNegative() || time.isZero()) {
            throw new IOException("this collection has stopped for too long; nothing was lost; collect again");
        }
        List<ObjectIdentifier> keys = blobs.stream()
                .map(blob ->
                        ObjectIdentifier.builder().key(bucket.key(blob.key())).build())
                .toList();
        var answer = bucket.call(
                "remove files of",
                BLOBS,
                () -> bucket.client()
                        .deleteObjects(request -> request.bucket(bucket.name())
                                .delete(Delete.builder()
                                        .objects(keys)
                                        .quiet(true)
                                        .build())
                                .overrideConfiguration(limits -> limits.apiCallTimeout(time))));
        if (answer.hasErrors() && !answer.errors().isEmpty()) {
            var first = answer.errors().get(0);
            throw new IOException("cannot remove s3://" + bucket.name() + "/" + first.key() + ": " + first.code() + ": "
                    + first.message());
        }
    }
}
