package io.maas.store.s3;

import java.io.IOException;
import java.io.InputStream;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/**
 * An object of any size, read on from where it was when the connection breaks. It stays the same object: one that is replaced
 * by other bytes meanwhile cannot be read on.
 */
final class S3InputStream extends InputStream {
    /** How often it may break without a byte in between. */
    private static final int BREAKS = 3;

    private final S3Bucket bucket;
    private final String key;
    private final String tag;
    private final long size;
    private ResponseInputStream<GetObjectResponse> in;
    private long position;
    private int breaks;

    S3InputStream(S3Bucket bucket, String key) throws IOException {
        this.bucket = bucket;
        this.key = key;
        this.in = send(request());
        this.tag = in.response().eTag();
        this.size = in.response().contentLength();
    }

    /** How long the object is. */
    long size() {
        return size;
    }

    private GetObjectRequest.Builder request() {
        return GetObjectRequest.builder().bucket(bucket.name()).key(bucket.key(key));
    }

    private ResponseInputStream<GetObjectResponse> send(GetObjectRequest.Builder request) throws IOException {
        return bucket.call("read", key, () -> bucket.client().getObject(request.build()));
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        while (position < size) {
            try {
                int n = in.read(bytes, offset, length);
                if (n < 0) {
                    throw new IOException("only " + position + " of " + size + " bytes came");
                }
                position += n;
                breaks = 0;
                return n;
            } catch (IOException | SdkException e) {
                readOn(e);
            }
        }
        return -1;
    }

    private void readOn(Exception e) throws IOException {
        in.abort();
        if (++breaks > BREAKS || Thread.currentThread().isInterrupted()) {
            throw new IOException("cannot read " + bucket.uri(key) + ": " + e.getMessage(), e);
        }
        in = send(request().range("bytes=" + position + "-").ifMatch(tag));
    }

    /** What was not read is not fetched either. */
    @Override
    public void close() throws IOException {
        if (position < size) {
            in.abort();
        }
        in.close();
    }
}
