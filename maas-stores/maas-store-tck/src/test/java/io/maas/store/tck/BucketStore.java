package io.maas.store.tck;

import com.google.common.primitives.Bytes;
import io.maas.registry.BlobStore;
import io.maas.registry.Head;
import io.maas.registry.LogName;
import io.maas.registry.RegistryStore;
import io.maas.registry.StoreConflictException;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** The registry's logs in a bucket: one object a log, its head and its lines, replaced if nobody else has. */
final class BucketStore implements RegistryStore {
    private final Bucket bucket;

    BucketStore(Bucket bucket) {
        this.bucket = bucket;
    }

    static String key(LogName log) {
        return prefix(log.kind()) + log.model();
    }

    private static String prefix(LogName.Kind kind) {
        return "logs/" + kind + "/";
    }

    /** The head, a line feed, the lines. */
    private static int headLength(byte[] content) {
        int end = Bytes.indexOf(content, (byte) '\n');
        if (end < 0) {
            throw new IllegalArgumentException("it does not end");
        }
        return end;
    }

    private static Head parse(byte[] content) {
        return Head.parse(Arrays.copyOf(content, headLength(content)));
    }

    @Override
    public List<String> names(LogName.Kind kind) {
        String prefix = prefix(kind);
        return bucket.list(prefix).stream()
                .map(key -> key.substring(prefix.length()))
                .toList();
    }

    @Override
    public Head head(LogName log) {
        return bucket.get(key(log)).map(found -> parse(found.bytes())).orElse(Head.empty(log.model()));
    }

    @Override
    public byte[] read(LogName log, Head from, Head to) {
        Optional<Bucket.Content> found = bucket.get(key(log));
        if (found.isEmpty()) {
            return new byte[0];
        }
        byte[] content = found.get().bytes();
        int start = headLength(content) + 1;
        int begin = (int) Math.min(content.length, start + from.bytes());
        return Arrays.copyOfRange(content, begin, (int) Math.min(content.length, start + to.bytes()));
    }

    @Override
    public void append(LogName log, Head expected, byte[] line) throws IOException {
        Optional<Bucket.Content> found = bucket.get(key(log));
        Head head = found.map(content -> parse(content.bytes())).orElse(Head.empty(log.model()));
        byte[] lines = found.map(content ->
                        Arrays.copyOfRange(content.bytes(), headLength(content.bytes()) + 1, content.bytes().length))
                .orElse(new byte[0]);
        byte[] feed = {'\n'};
        byte[] next = Bytes.concat(expected.after(line).toJson(), feed, lines, line, feed);
        if (!head.equals(expected) || !bucket.putIf(found.map(Bucket.Content::tag), key(log), next)) {
            throw new StoreConflictException(key(log) + ": another writer came first");
        }
    }

    @Override
    public BlobStore blobs() {
        return new BucketBlobs(bucket);
    }

    @Override
    public String describe() {
        return "bucket:";
    }

    @Override
    public void close() {}
}
