package io.maas.store.s3;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.NoSuchFileException;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.exception.SdkServiceException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.NoSuchBucketException;

/**
 * The objects under a prefix of a bucket. What fails is an {@link IOException} that names the object; one that is not there
 * is a {@link NoSuchFileException}.
 *
 * <p>Thread-safe.
 *
 * @param prefix empty, or ends with a slash
 */
record S3Bucket(S3Client client, String name, String prefix) {
    /** How often a write is sent of which it is not known whether it arrived, beside the times that the client tries again. */
    private static final int ROUNDS = 3;

    private static final int NOT_MODIFIED = 304;
    private static final int NOT_FOUND = 404;

    /** Refusals that say that nothing was changed, whatever was sent before: no right to write, for instance. */
    private static boolean isFinal(int status) {
        return switch (status) {
            case NOT_FOUND, 408, 409, 412, 429 -> false;
            default -> status >= 400 && status < 500;
        };
    }

    /**
     * A small object.
     *
     * @param tag of the store; another one for other bytes
     */
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    record Content(byte[] bytes, String tag) {}

    /** An object in a list. */
    record Listed(String key, String tag, long size, Instant modified) {}

    /** What has become of a write under a condition: what is there now, and whether it is what was written. */
    record Attempt(boolean done, @Nullable Content now) {}

    /** One request. */
    @FunctionalInterface
    interface Call<T> {
        T send() throws IOException;
    }

    String key(String name) {
        return prefix + name;
    }

    /** For messages. */
    String uri(String name) {
        return "s3://" + this.name + "/" + prefix + name;
    }

    /**
     * Sends a request about an object that may be sent twice, and names that in what is thrown. An answer that breaks off is asked
     * for again, as the client does not do that.
     */
    <T> T call(String what, String key, Call<T> call) throws IOException {
        for (int round = 1; ; round++) {
            try {
                return call.send();
            } catch (SdkException e) {
                if (round == ROUNDS
                        || !(e instanceof SdkClientException)
                        || !Integer.valueOf(1).equals(e.numAttempts())) {
                    throw failure(what, key, e);
                }
            } catch (IOException e) {
                if (round == ROUNDS) {
                    throw new IOException("cannot " + what + " " + uri(key) + ": " + e.getMessage(), e);
                }
            }
        }
    }

    static int status(SdkException e) {
        return e instanceof SdkServiceException service ? service.statusCode() : 0;
    }

    private IOException failure(String what, String key, SdkException e) {
        if (status(e) == NOT_FOUND && !(e instanceof NoSuchBucketException)) {
            NoSuchFileException missing = new NoSuchFileException(uri(key));
            missing.initCause(e);
            return missing;
        }
        return new IOException("cannot " + what + " " + uri(key) + ": " + e.getMessage(), e);
    }

    /** A small object as a whole. */
    Optional<Content> get(String key) throws IOException {
        return get(key, null);
    }

    /**
     * A small object as a whole.
     *
     * @param known what is known of it, which is returned as it is if there has been no change
     */
    Optional<Content> get(String key, @Nullable Content known) throws IOException {
        try {
            return call("read", key, () -> {
                try (ResponseInputStream<GetObjectResponse> in =
                        client.getObject(request(key, known == null ? null : known.tag()))) {
                    byte[] bytes = in.readAllBytes();
                    // The client gives what came before the connection broke as if it were all.
                    if (bytes.length != in.response().contentLength()) {
                        throw new IOException(
                                "only " + bytes.length + " of " + in.response().contentLength() + " bytes came");
                    }
                    return Optional.of(new Content(bytes, in.response().eTag()));
                } catch (SdkException e) {
                    if (known != null && status(e) == NOT_MODIFIED) {
                        return Optional.of(known);
                    }
                    throw e;
                }
            });
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    private GetObjectRequest request(String key, @Nullable String unless) {
        GetObjectRequest.Builder request =
                GetObjectRequest.builder().bucket(name).key(key(key));
        return unless == null ? request.build() : request.ifNoneMatch(unless).build();
    }

    /** The bytes of an object of any size. */
    InputStream open(String key) throws IOException {
        return new S3InputStream(this, key);
    }

    /** What a list would say of it. */
    Optional<Listed> find(String key) throws IOException {
        try {
            return call("look at", key, () -> {
                var head = client.headObject(request -> request.bucket(name).key(key(key)));
                return Optional.of(new Listed(key, head.eTag(), head.contentLength(), head.lastModified()));
            });
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    /** The objects whose keys begin so, asked for bit by bit: to be used inside of {@link #call}. */
    Stream<Listed> list(String start) {
        return client.listObjectsV2Paginator(request -> request.bucket(name).prefix(key(start))).contents().stream()
                .map(found -> new Listed(
                        found.key().substring(prefix.length()), found.eTag(), found.size(), found.lastModified()));
    }

    List<Listed> listAll(String start) throws IOException {
        return call("list", start, () -> list(start).toList());
    }

    /** Writes a small object, whatever is there. */
    void put(String key, byte[] bytes) throws IOException {
        call(
                "write",
                key,
                () -> client.putObject(request -> request.bucket(name).key(key(key)), RequestBody.fromBytes(bytes)));
    }

    /**
     * Writes a small object if there is still the one that is expected. An answer that is lost, or that answers a request which
     * the network has delivered twice, is found out about: whoever is told that it is done has done it, and if not, the
     * object has moved on and no copy of this request can change it any more. It may then have been these bytes in between.
     *
     * @param bytes never those of another write
     * @param expected the tag of what must be there; null for nothing
     * @throws IOException if nothing can be found out; it may be done then, or become so
     */
    Attempt putIf(String key, byte[] bytes, @Nullable String expected) throws IOException {
        for (int round = 1; ; round++) {
            try {
                String tag = client.putObject(
                                request -> {
                                    request.bucket(name).key(key(key));
                                    if (expected == null) {
                                        request.ifNoneMatch("*");
                                    } else {
                                        request.ifMatch(expected);
                                    }
                                },
                                RequestBody.fromBytes(bytes))
                        .eTag();
                return new Attempt(true, new Content(bytes, tag));
            } catch (SdkException e) {
                if (isFinal(status(e))) {
                    throw failure("write", key, e);
                }
                Content now = get(key).orElse(null);
                if (now != null && Arrays.equals(now.bytes(), bytes)) {
                    return new Attempt(true, now);
                }
                if (!Objects.equals(now == null ? null : now.tag(), expected)) {
                    return new Attempt(false, now);
                }
                if (round == ROUNDS) {
                    throw new IOException(
                            "cannot write " + uri(key) + ", or cannot learn whether it was written: " + e.getMessage(),
                            e);
                }
            }
        }
    }

    /** Removes an object; nothing happens if it is not there. */
    void delete(String key) throws IOException {
        call(
                "remove",
                key,
                () -> client.deleteObject(request -> request.bucket(name).key(key(key))));
    }
}
