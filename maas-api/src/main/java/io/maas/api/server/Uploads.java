package io.maas.api.server;

import io.maas.api.wire.RegistryDocuments.NewUpload;
import io.maas.error.MaasException;
import io.maas.error.Require;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Files that are being sent. Where they lie in a folder that outlives the server, they go on with the next one.
 *
 * <p>Thread-safe.
 */
final class Uploads implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Uploads.class);

    static final String ARCHIVE = "archive";
    static final String ONNX = "onnx";

    /** Of one caller; each holds a place on the disk. Of those that are published it is what is still known. */
    private static final int MAX_OPEN = 32;

    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");

    private final long maxBytes;
    private final Duration patience;
    private final Clock clock;
    private final Map<String, Upload> open = new ConcurrentHashMap<>();
    private final UploadFolder folder;

    /**
     * Those that a server before left, and more to come.
     *
     * @param patience how long an upload is kept of which nothing comes
     * @param folder where they lie, null for a place that ends with the server
     * @throws MaasException if the folder cannot be used, or another server has it
     */
    Uploads(long maxBytes, Duration patience, @Nullable Path folder, Clock clock) {
        this.maxBytes = maxBytes;
        this.patience = patience;
        this.clock = clock;
        this.folder = UploadFolder.open(folder);
        this.folder.load().forEach(this::takeUp);
    }

    private void takeUp(UploadFolder.Kept kept) {
        try {
            Path file = folder.file(kept.id());
            // What was written after the last answer is there as well, and is no worse.
            boolean isOpen = kept.version() == null;
            long offset = isOpen
                    ? Math.min(Files.size(file), kept.wanted().size())
                    : kept.wanted().size();
            open.put(kept.id(), new Upload(kept, file, folder.touched(kept).plus(patience), offset));
        } catch (IOException e) {
            throw new MaasException("an upload cannot be read (expected: a file that can be)", e);
        }
    }

    /** Starts one. Makes a file, so it is for a worker's thread. */
    synchronized Upload begin(String owner, String model, NewUpload wanted) throws IOException {
        Require.name(model, "model");
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
        makeRoom(owner, Upload::isPublished, Upload::isPublished);
        if (!makeRoom(owner, each -> !each.isPublished(), Upload::isRefused)) {
            throw new Failure.Refusal(
                    409,
                    "too_many_uploads",
                    "too many uploads are open (expected: at most " + MAX_OPEN + "); end or delete some first");
        }
        String id = UUID.randomUUID().toString();
        UploadFolder.Kept kept = new UploadFolder.Kept(id, owner, model, wanted, null);
        Upload upload = new Upload(kept, folder.create(kept), deadline(), 0);
        open.put(id, upload);
        return upload;
    }

    /**
     * Forgets the oldest of a caller's uploads that has ended, if there are as many of their kind as may be.
     *
     * @return whether there is room for another one
     */
    private boolean makeRoom(String owner, Predicate<Upload> kind, Predicate<Upload> ended) throws IOException {
        List<Upload> all = open.values().stream()
                .filter(each -> each.owner().equals(owner) && kind.test(each))
                .sorted(Comparator.comparing(Upload::expires))
                .toList();
        if (all.size() < MAX_OPEN) {
            return true;
        }
        Optional<Upload> oldest = all.stream().filter(ended).findFirst();
        if (oldest.isPresent()) {
            forget(oldest.get());
        }
        return oldest.isPresent();
    }

    /** It has become a version: its file goes, and what is known of it stays to be asked for. */
    synchronized void published(Upload upload) {
        try {
            Files.deleteIfExists(upload.file());
            folder.save(upload.kept());
        } catch (IOException e) {
            // The version is there, which no disk takes back.
            LOG.warn("what became of an upload could not be noted", e);
        }
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
        upload.cutOff();
        folder.delete(upload.id());
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
        open.clear();
        try {
            folder.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
