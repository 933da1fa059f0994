package io.maas.api.server;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import io.maas.api.wire.RegistryDocuments.NewUpload;
import io.maas.error.Require;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Files that are being sent, in a folder of their own that ends with the server. Their names on disk are made here: nothing that
 * somebody sends ever becomes a path.
 *
 * <p>Thread-safe.
 */
final class Uploads implements AutoCloseable {
    static final String ARCHIVE = "archive";
    static final String ONNX = "onnx";

    /** Of one caller; each holds a place on the disk. */
    private static final int MAX_OPEN = 32;

    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");

    private final long maxBytes;
    private final Duration patience;
    private final Clock clock;
    private final Map<String, Upload> open = new ConcurrentHashMap<>();
    private @Nullable Path folder;
    private boolean closed;

    /** @param patience how long an upload is kept of which nothing comes */
    Uploads(long maxBytes, Duration patience, Clock clock) {
        this.maxBytes = maxBytes;
        this.patience = patience;
        this.clock = clock;
    }

    /** Starts one. Makes a file, so it is for a worker's thread. */
    synchronized Upload begin(String owner, String model, NewUpload wanted) throws IOException {
        Require.that(
                wanted.format().equals(ARCHIVE) || wanted.format().equals(ONNX),
                "format",
                Require.quote(wanted.format()),
                "archive or onnx");
        Require.positive(wanted.size(), "size");
        Require.that(
                SHA256.matcher(wanted.sha256()).matches(),
                "sha256",
                Require.quote(wanted.sha256()),
                "64 lower-case hex digits");
        if (wanted.size() > maxBytes) {
            throw new Failure.Refusal(
                    413, "upload_too_long", "file is too long (expected: at most " + maxBytes + " bytes)");
        }
        expire();
        if (open.values().stream().filter(each -> each.owner().equals(owner)).count() >= MAX_OPEN) {
            throw new Failure.Refusal(
                    409,
                    "too_many_uploads",
                    "too many uploads are open (expected: at most " + MAX_OPEN + "); end or delete some first");
        }
        String id = UUID.randomUUID().toString();
        Path file = Files.createFile(folder().resolve(id));
        Upload upload = new Upload(id, owner, model, wanted, file, deadline());
        open.put(id, upload);
        return upload;
    }

    private Path folder() throws IOException {
        if (closed) {
            throw new IOException("the server is closed");
        }
        if (folder == null) {
            folder = Files.createTempDirectory("maas-uploads");
        }
        return folder;
    }

    private Instant deadline() {
        return clock.instant().plus(patience);
    }

    /** One of them, of which something comes; others than who began it do not see it. */
    Upload find(String owner, String model, String id) {
        Upload upload = open.get(id);
        if (upload == null
                || !upload.owner().equals(owner)
                || !upload.model().equals(model)
                || upload.expires().isBefore(clock.instant())) {
            throw new Failure.Refusal(
                    404, "no_such_upload", "no such upload (expected: one that was begun, and not given up since)");
        }
        upload.keepUntil(deadline());
        return upload;
    }

    /** Forgets one. */
    synchronized void forget(Upload upload) throws IOException {
        open.remove(upload.id());
        upload.discard();
    }

    /** Forgets those of which nothing has come for long. */
    synchronized void expire() throws IOException {
        Instant now = clock.instant();
        for (Upload upload : open.values()) {
            if (upload.expires().isBefore(now)) {
                forget(upload);
            }
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        open.clear();
        if (folder != null) {
            try {
                MoreFiles.deleteRecursively(folder, RecursiveDeleteOption.ALLOW_INSECURE);
                folder = null;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
