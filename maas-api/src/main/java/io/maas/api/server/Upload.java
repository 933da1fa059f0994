package io.maas.api.server;

import com.google.common.hash.Hashing;
import com.google.common.io.MoreFiles;
import io.maas.api.wire.RegistryDocuments.NewUpload;
import io.maas.api.wire.RegistryDocuments.UploadInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A file that is being sent.
 *
 * <p>Thread-safe.
 */
final class Upload {
    private final UploadFolder.Kept kept;
    private final NewUpload wanted;
    private final Path file;
    private final ReentrantLock ending = new ReentrantLock();
    private Instant expires;
    private long offset;
    /** Ends the part that is coming in; null if none is. */
    private @Nullable Runnable cut;

    private @Nullable Integer version;
    /** Whether it is all there, and no version was made of it when that was last tried, for whatever reason. */
    private boolean refused;

    /** @param offset how many bytes are there already */
    Upload(UploadFolder.Kept kept, Path file, Instant expires, long offset) {
        this.kept = kept;
        this.wanted = kept.wanted();
        this.file = file;
        this.expires = expires;
        this.offset = offset;
        this.version = kept.version();
    }

    String id() {
        return kept.id();
    }

    String owner() {
        return kept.owner();
    }

    String model() {
        return kept.model();
    }

    String format() {
        return wanted.format();
    }

    /** What is to be kept of it. */
    synchronized UploadFolder.Kept kept() {
        return new UploadFolder.Kept(id(), owner(), model(), wanted, version);
    }

    Path file() {
        return file;
    }

    synchronized Instant expires() {
        return expires;
    }

    synchronized void keepUntil(Instant deadline) {
        expires = deadline;
    }

    synchronized long offset() {
        return offset;
    }

    synchronized boolean isPublished() {
        return version != null;
    }

    synchronized boolean isRefused() {
        return refused;
    }

    synchronized UploadInfo info() {
        return new UploadInfo(
                id(), model(), wanted.format(), wanted.size(), wanted.sha256(), offset, expires.toString(), version);
    }

    /** How many bytes are still to come. */
    synchronized long missing() {
        return wanted.size() - offset;
    }

    /**
     * Begins a part.
     *
     * @param from where its first byte belongs
     * @param whenCut what ends it, if somebody wants to send another one instead
     */
    synchronized void beginPart(long from, Runnable whenCut) {
        if (cut != null) {
            // Its sender has perhaps long gone, and nobody told this side.
            cut.run();
            throw new Failure.Refusal(
                    409,
                    "part_under_way",
                    "a part is still coming in (expected: one at a time); ask for the offset again");
        }
        if (from != offset) {
            throw new Failure.Refusal(
                    409, "other_offset", "offset: " + from + " (expected: " + offset + ", what is there so far)");
        }
        if (version != null) {
            throw new Failure.Refusal(409, "upload_ended", "the file is published already (expected: an open upload)");
        }
        cut = whenCut;
    }

    /** So many more bytes are on the disk. */
    synchronized void advance(long bytes) {
        offset += bytes;
    }

    /** Ends a part. */
    synchronized void endPart() {
        cut = null;
    }

    /**
     * Makes something of the file once, however often it is asked for.
     *
     * @return the number of the version that it has become
     */
    int publish(Callable<Integer> publication) throws Exception {
        ending.lock();
        try {
            synchronized (this) {
                if (version != null) {
                    return version;
                }
                if (cut != null || offset < wanted.size()) {
                    throw new Failure.Refusal(
                            409,
                            "upload_unfinished",
                            "only " + offset + " bytes are there (expected: " + wanted.size()
                                    + "); send the rest first");
                }
                refused = false;
            }
            verify();
            int number;
            try {
                number = publication.call();
            } catch (Exception e) {
                synchronized (this) {
                    refused = true;
                }
                throw e;
            }
            synchronized (this) {
                version = number;
            }
            return number;
        } finally {
            ending.unlock();
        }
    }

    private void verify() throws IOException {
        String found = MoreFiles.asByteSource(file).hash(Hashing.sha256()).toString();
        if (!found.equals(wanted.sha256())) {
            restart();
            throw new Failure.Refusal(
                    422,
                    "wrong_hash",
                    "file has another SHA-256 (expected: the one that was announced); nothing of it was kept, send it"
                            + " again from its first byte");
        }
    }

    /** Gives its room back: what comes next is its first byte. */
    synchronized void restart() throws IOException {
        Files.write(file, new byte[0]);
        offset = 0;
    }

    /** Ends the part that is coming in, if one is. */
    synchronized void cutOff() {
        if (cut != null) {
            cut.run();
        }
    }
}
