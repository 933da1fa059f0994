package io.maas.store.s3;

import com.google.common.io.ByteStreams;
import io.maas.model.Manifest;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.MetadataDirective;
import software.amazon.awssdk.services.s3.model.MultipartUpload;

/**
 * A large object on its way in: in one request, or part by part from {@link #PART} on. Nobody sees it before it is complete.
 *
 * @param key where it goes
 */
record S3Upload(S3Bucket bucket, String key) {
    /** In bytes. Larger only where there would be too many. */
    static final long PART = 16 << 20;

    private static final long MAX_PARTS = 10_000;

    /** The largest object that the store copies in one request. */
    private static final long MAX_COPY = 5L << 30;

    private static final String TYPE = "application/octet-stream";

    void put(Path file, Manifest.FileEntry entry) throws IOException {
        if (entry.size() > PART) {
            putParts(file, entry.size());
            return;
        }
        String checksum = Base64.getEncoder().encodeToString(HexFormat.of().parseHex(entry.sha256()));
        bucket.call(
                "write",
                key,
                () -> bucket.client()
                        .putObject(
                                request -> request.bucket(bucket.name())
                                        .key(bucket.key(key))
                                        .checksumSHA256(checksum),
                                RequestBody.fromFile(file)));
    }

    private void putParts(Path file, long size) throws IOException {
        String upload = bucket.call(
                "begin",
                key,
                () -> bucket.client()
                        .createMultipartUpload(
                                request -> request.bucket(bucket.name()).key(bucket.key(key)))
                        .uploadId());
        try {
            List<CompletedPart> parts = new ArrayList<>();
            long length = Math.max(PART, (size + MAX_PARTS - 1) / MAX_PARTS);
            for (long from = 0; from < size; from += length) {
                parts.add(part(file, upload, parts.size() + 1, from, Math.min(length, size - from)));
            }
            bucket.call(
                    "complete",
                    key,
                    () -> bucket.client()
                            .completeMultipartUpload(request -> request.bucket(bucket.name())
                                    .key(bucket.key(key))
                                    .uploadId(upload)
                                    .multipartUpload(all -> all.parts(parts))));
        } catch (IOException e) {
            abort(upload, e);
            throw e;
        }
    }

    private CompletedPart part(Path file, String upload, int number, long from, long length) throws IOException {
        String tag = bucket.call(
                "write part " + number + " of",
                key,
                () -> bucket.client()
                        .uploadPart(
                                request -> request.bucket(bucket.name())
                                        .key(bucket.key(key))
                                        .uploadId(upload)
                                        .partNumber(number),
                                RequestBody.fromContentProvider(() -> slice(file, from, length), length, TYPE))
                        .eTag());
        return CompletedPart.builder().partNumber(number).eTag(tag).build();
    }

    private static InputStream slice(Path file, long from, long length) {
        try {
            InputStream in = Files.newInputStream(file);
            in.skipNBytes(from);
            return ByteStreams.limit(in, length);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What is left of it costs money until the next collection, and no more. */
    private void abort(String upload, IOException reason) {
        try {
            abort(key, upload);
        } catch (IOException e) {
            reason.addSuppressed(e);
        }
    }

    private void abort(String of, String upload) throws IOException {
        try {
            bucket.call(
                    "give up",
                    of,
                    () -> bucket.client()
                            .abortMultipartUpload(request -> request.bucket(bucket.name())
                                    .key(bucket.key(of))
                                    .uploadId(upload)));
        } catch (NoSuchFileException e) {
            return; // Complete, or given up by another one.
        }
    }

    /** Gives up what dead processes have begun, of all objects whose keys begin with this one. */
    void abortBefore(Instant time) throws IOException {
        List<MultipartUpload> begun = bucket.call(
                "list the uploads of",
                key,
                () -> bucket
                        .client()
                        .listMultipartUploadsPaginator(
                                request -> request.bucket(bucket.name()).prefix(bucket.key(key)))
                        .uploads()
                        .stream()
                        .filter(upload -> upload.initiated().isBefore(time))
                        .toList());
        for (MultipartUpload upload : begun) {
            abort(upload.key().substring(bucket.prefix().length()), upload.uploadId());
        }
    }

    /**
     * Makes an object as young as a new one, by copying it onto itself; too large a one stays as old as it is, and its
     * publication may have to send it again.
     *
     * @return false if it is not there any more
     */
    boolean refresh(long size) throws IOException {
        if (size > MAX_COPY) {
            return true;
        }
        try {
            bucket.call(
                    "refresh",
                    key,
                    () -> bucket.client()
                            .copyObject(request -> request.sourceBucket(bucket.name())
                                    .sourceKey(bucket.key(key))
                                    .destinationBucket(bucket.name())
                                    .destinationKey(bucket.key(key))
                                    .contentType(TYPE)
                                    // A copy onto itself must change something; what it says of itself is put anew.
                                    .metadataDirective(MetadataDirective.REPLACE)));
            return true;
        } catch (NoSuchFileException e) {
            return false;
        }
    }
}
