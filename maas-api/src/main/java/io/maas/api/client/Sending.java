package io.maas.api.client;

import com.google.common.hash.Hashing;
import com.google.common.io.MoreFiles;
import io.maas.api.client.Servers.Server;
import io.maas.api.wire.RegistryDocuments.NewUpload;
import io.maas.api.wire.RegistryDocuments.UploadEnd;
import io.maas.api.wire.RegistryDocuments.UploadInfo;
import io.maas.api.wire.VersionDocuments.VersionInfo;
import io.maas.error.MaasException;
import io.maas.registry.Change;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Sends a file to a server in parts, each from where the server has the one before to its end: where a connection breaks, no more than
 * a part is sent again. For one thread.
 */
final class Sending implements AutoCloseable {
    private static final int PART = 4 << 20;

    /** Times in a row that nothing of the file arrived. */
    private static final int PATIENCE = 8;

    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private final Rest rest;
    private final String uploads;
    private final FileChannel channel;
    private final NewUpload wanted;
    private final Set<Server> tried = new HashSet<>();
    private Server server;
    private UploadInfo upload;
    private boolean published;

    /** Begins; nothing of the file is sent yet. */
    Sending(Rest rest, String model, Path file, String format) throws IOException {
        this.rest = rest;
        this.uploads = "/api/models/" + Rest.part(model) + "/uploads";
        this.channel = FileChannel.open(file, StandardOpenOption.READ);
        try {
            String sha256 = MoreFiles.asByteSource(file).hash(Hashing.sha256()).toString();
            this.wanted = new NewUpload(format, channel.size(), sha256);
            this.server = rest.transport().servers().next(tried);
            this.upload = begin();
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private UploadInfo begin() {
        while (true) {
            tried.add(server);
            try {
                return rest.send("POST", uploads, wanted, Change.unsaid(), UploadInfo.class, server);
            } catch (MaasException e) {
                if (!elsewhere(e)) {
                    throw e;
                }
            }
        }
    }

    /** Whether another server can be tried: an upload lives in the one where it was begun. */
    private boolean elsewhere(MaasException e) {
        if (e.getClass() != MaasException.class
                || tried.size() >= rest.transport().servers().size()) {
            return false;
        }
        server = rest.transport().servers().next(tried);
        return true;
    }

    private String path() {
        return uploads + "/" + upload.id();
    }

    /** Sends what is missing. */
    void send() throws IOException {
        int failures = 0;
        while (upload.offset() < wanted.size()) {
            long before = upload.offset();
            try {
                upload = part(before);
            } catch (Rest.OtherOffset e) {
                failures = again(e, before, failures);
            } catch (MaasException e) {
                if (e.getClass() != MaasException.class) {
                    throw e;
                }
                failures = again(e, before, failures);
            }
        }
    }

    /** Goes on where the server says. */
    private int again(MaasException e, long before, int failures) {
        LockSupport.parkNanos(PAUSE_NANOS << failures);
        try {
            HttpRequest.Builder question = rest.builder(path(), Change.unsaid()).GET();
            upload = rest.read(rest.send(question, server).body(), UploadInfo.class);
        } catch (MaasException gone) {
            if (!elsewhere(gone)) {
                throw e;
            }
            upload = begin();
            return 0;
        }
        if (upload.offset() > before) {
            return 0;
        }
        if (failures + 1 >= PATIENCE) {
            throw e;
        }
        return failures + 1;
    }

    private UploadInfo part(long offset) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(PART, wanted.size() - offset));
        while (bytes.hasRemaining()) {
            if (channel.read(bytes, offset + bytes.position()) < 0) {
                throw new IOException("file became shorter while it was sent (expected: one that stays the same)");
            }
        }
        HttpRequest.Builder request = rest.builder(path(), Change.unsaid())
                .header("Content-Type", "application/offset+octet-stream")
                .header("Upload-Offset", Long.toString(offset))
                .method("PATCH", BodyPublishers.ofByteArray(bytes.array()));
        return rest.read(rest.send(request, server).body(), UploadInfo.class);
    }

    /** Makes a version of it, once, however often it is asked. */
    VersionInfo publish(UploadEnd end, Change change) {
        VersionInfo version = rest.sendSafely(path() + "/publish", end, change, VersionInfo.class, server);
        published = true;
        return version;
    }

    @Override
    public void close() {
        try {
            channel.close();
            if (!published) {
                rest.send("DELETE", path(), null, Change.unsaid(), UploadInfo.class, server);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (MaasException e) {
            // The server forgets it by itself, a day later.
        }
    }
}
