package io.maas.store.s3;

import io.maas.error.RegistryException;
import io.maas.error.Require;
import io.maas.registry.BlobStore;
import io.maas.registry.Head;
import io.maas.registry.LogName;
import io.maas.registry.RegistryStore;
import io.maas.registry.StorePoll;
import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * A registry's bytes in a bucket of an object store that speaks S3, under a prefix. Writers of any number of processes and
 * machines may be at work at once, without a lock: whoever comes second reads again and tries again.
 *
 * <p>This is relied on, as Amazon's general purpose buckets give it:
 *
 * <ul>
 *   <li>reads and lists show what was written before they began (strong read-after-write consistency);
 *   <li>{@code PutObject} with {@code If-None-Match: *} and with {@code If-Match: <ETag>} writes only under that condition, and
 *       of several at once only one. {@link #open} tries both and refuses a store that takes no notice of them;
 *   <li>other bytes have another ETag;
 *   <li>the clocks of store and machines differ by less than a day, and by much less than {@link S3Options#grace}.
 * </ul>
 *
 * <p>Requests whose answers are lost, that arrive twice, or late, do no harm: a log changes only under a condition that no second
 * copy of a request can meet, and each line bears a mark by which its writer knows it again.
 *
 * <p>Thread-safe. The client is the caller's to close, after this; retries and timeouts are those that it was built with.
 */
public final class S3RegistryStore implements RegistryStore {
    private static final String FORMAT_KEY = "maas-registry.json";
    private static final byte[] FORMAT = "{\"format\":\"1\"}".getBytes(StandardCharsets.UTF_8);
    private static final int FORBIDDEN = 403;

    private final S3Bucket bucket;
    private final S3Logs logs;
    private final S3Blobs blobs;

    private S3RegistryStore(S3Bucket bucket, S3Options options, Clock clock) {
        this.bucket = bucket;
        this.logs = new S3Logs(bucket);
        this.blobs = new S3Blobs(bucket, options, clock);
    }

    /** Opens a registry with the {@linkplain S3Options#defaults default} options. */
    public static S3RegistryStore open(S3Client client, String bucket, String prefix) {
        return open(client, bucket, prefix, S3Options.defaults());
    }

    /**
     * Opens a registry, or makes one if there is none under that prefix.
     *
     * @param client stays the caller's to close
     * @param bucket one that is there
     * @param prefix what all keys begin with, such as {@code teams/vision}; a slash is added; empty for the whole bucket
     * @throws RegistryException if the bucket cannot be used, the registry is of another format, or the store does not do what is
     *     relied on
     */
    public static S3RegistryStore open(S3Client client, String bucket, String prefix, S3Options options) {
        return open(client, bucket, prefix, options, Clock.systemUTC());
    }

    static S3RegistryStore open(S3Client client, String name, String prefix, S3Options options, Clock clock) {
        Require.that(!prefix.startsWith("/"), "prefix", Require.quote(prefix), "no slash at its beginning");
        S3Bucket bucket = new S3Bucket(client, name, prefix.isEmpty() || prefix.endsWith("/") ? prefix : prefix + "/");
        try {
            requireFormat(bucket);
            requireConditions(bucket);
        } catch (IOException e) {
            throw new RegistryException(
                    "registry " + bucket.uri("") + " cannot be opened: " + e.getMessage()
                            + "; expected a bucket that this client may read and write; check its name, region, address and"
                            + " credentials",
                    e);
        }
        return new S3RegistryStore(bucket, options, clock);
    }

    private static void requireFormat(S3Bucket bucket) throws IOException {
        Optional<S3Bucket.Content> found = bucket.get(FORMAT_KEY);
        if (found.isEmpty()) {
            // Whoever comes second finds that of the first.
            bucket.putIf(FORMAT_KEY, FORMAT, null);
            found = bucket.get(FORMAT_KEY);
        }
        if (found.isEmpty() || !Arrays.equals(found.get().bytes(), FORMAT)) {
            throw new RegistryException("registry " + bucket.uri("") + " is of another format: " + FORMAT_KEY
                    + " is not " + new String(FORMAT, StandardCharsets.UTF_8)
                    + "; use a newer version of this library, or another prefix");
        }
    }

    /** Two writes that must fail; if they do not, what they write is what is there. */
    private static void requireConditions(S3Bucket bucket) throws IOException {
        for (boolean none : new boolean[] {true, false}) {
            try {
                bucket.client()
                        .putObject(
                                request -> {
                                    request.bucket(bucket.name()).key(bucket.key(FORMAT_KEY));
                                    if (none) {
                                        request.ifNoneMatch("*");
                                    } else {
                                        request.ifMatch("\"00000000000000000000000000000000\"");
                                    }
                                },
                                RequestBody.fromBytes(FORMAT));
            } catch (SdkException e) {
                int status = S3Bucket.status(e);
                if (status == 412 || status == FORBIDDEN) {
                    continue; // Who may only read need not care.
                }
                throw new IOException("a write under a condition that is not met was answered by " + e.getMessage(), e);
            }
            throw new RegistryException(
                    "registry " + bucket.uri("") + " cannot be kept in this object store: it takes no"
                            + " notice of " + (none ? "If-None-Match" : "If-Match")
                            + " in PutObject, so that changes could be lost; expected a store with conditional writes; use a newer"
                            + " version of the store, or another one");
        }
    }

    @Override
    public List<String> names(LogName.Kind kind) throws IOException {
        return logs.names(kind);
    }

    /** One request, which the store answers without a body if nothing has changed. */
    @Override
    public Head head(LogName log) throws IOException {
        return logs.head(log);
    }

    @Override
    public byte[] read(LogName log, Head from, Head to) throws IOException {
        return logs.read(log, from, to);
    }

    @Override
    public void append(LogName log, Head expected, byte[] line) throws IOException {
        logs.append(log, expected, line);
    }

    @Override
    public BlobStore blobs() {
        return blobs;
    }

    /** Looks at a list of the logs, which is one request for each thousand of them. */
    @Override
    public Closeable watch(Listener listener) throws IOException {
        return StorePoll.start(logs::tags, listener);
    }

    /** Such as {@code s3://bucket/prefix/}. */
    @Override
    public String describe() {
        return bucket.uri("");
    }

    /** Nothing to free: the client is the caller's. */
    @Override
    public void close() {}
}
