package io.maas.api.client;

import com.google.common.io.ByteSource;
import io.maas.error.MaasException;
import io.maas.registry.Change;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

/** A file of a version, which comes from the server as it is read. Where the connection breaks, it goes on where it ended. Thread-safe. */
final class RemoteFile extends ByteSource {
    /** Times in a row that nothing came. */
    private static final int PATIENCE = 5;

    private final Rest rest;
    private final String path;
    private final long size;

    RemoteFile(Rest rest, String path, long size) {
        this.rest = rest;
        this.path = path;
        this.size = size;
    }

    @Override
    public InputStream openStream() {
        return new Resuming(open(0));
    }

    private InputStream open(long from) {
        HttpRequest.Builder request = rest.builder(path, Change.unsaid());
        if (from > 0) {
            request.header("Range", "bytes=" + from + "-");
        }
        HttpResponse<InputStream> answer = rest.transport().stream(request.build());
        int expected = from > 0 ? 206 : 200;
        if (answer.statusCode() != expected) {
            throw refused(answer);
        }
        return answer.body();
    }

    private RuntimeException refused(HttpResponse<InputStream> answer) {
        try (InputStream body = answer.body()) {
            rest.requireOk(new Whole(answer, body.readAllBytes()));
        } catch (IOException e) {
            return new MaasException("connection broke before the answer was complete (expected: a file)", e);
        }
        return new MaasException("the server answered with status " + answer.statusCode() + " (expected: a file)");
    }

    /** What has come of a file, and more of it. */
    private final class Resuming extends InputStream {
        private InputStream in;
        private long count;
        private int failures;

        Resuming(InputStream in) {
            this.in = in;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            while (true) {
                try {
                    int n = in.read(bytes, offset, length);
                    if (n > 0) {
                        count += n;
                        failures = 0;
                    }
                    return n;
                } catch (InterruptedIOException e) {
                    throw e;
                } catch (IOException e) {
                    if (++failures > PATIENCE || count >= size) {
                        throw e;
                    }
                    in.close();
                    in = open(count);
                }
            }
        }

        @Override
        public void close() throws IOException {
            in.close();
        }
    }
}
