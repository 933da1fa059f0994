package io.maas.benchmarks;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** HTTP/1.1, as far as answers that say how long they are need it. */
final class HttpDialogue extends Dialogue {
    private static final int STATUS_AT = "HTTP/1.1 ".length();
    private static final byte[] LENGTH = "content-length: ".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] RETRY = "retry-after: ".getBytes(StandardCharsets.US_ASCII);

    private final Supplier<Request> requests;
    private Check check = (bytes, from, to) -> false;
    private int bodyAt;
    private int length;
    private int status;
    private boolean isRetriable;

    HttpDialogue(Supplier<Request> requests) {
        this.requests = requests;
    }

    /** A request as it is sent. */
    static byte[] render(String path, byte[] body, String... headers) {
        StringBuilder head = new StringBuilder("POST " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\n");
        for (String header : headers) {
            head.append(header).append("\r\n");
        }
        head.append("Content-Length: ").append(body.length).append("\r\n\r\n");
        byte[] first = head.toString().getBytes(StandardCharsets.US_ASCII);
        return ByteBuffer.allocate(first.length + body.length)
                .put(first)
                .put(body)
                .array();
    }

    @Override
    ByteBuffer request() {
        Request request = requests.get();
        check = request.check();
        return ByteBuffer.wrap(request.bytes());
    }

    @Override
    @Nullable
    Outcome understand() {
        if (bodyAt == 0 && !readHead()) {
            return null;
        }
        if (count < bodyAt + length) {
            return null;
        }
        Outcome outcome = outcome();
        drop(bodyAt + length);
        bodyAt = 0;
        return outcome;
    }

    private Outcome outcome() {
        if (status == 200) {
            return check.isRight(bytes, bodyAt, bodyAt + length) ? Outcome.ANSWERED : Outcome.WRONG;
        }
        if (status != 503 && status != 429) {
            return Outcome.WRONG;
        }
        return isRetriable ? Outcome.REFUSED : Outcome.REFUSED_BARE;
    }

    private boolean readHead() {
        int end = -1;
        for (int i = 0; i + 3 < count; i++) {
            if (bytes[i] == '\r' && bytes[i + 2] == '\r' && bytes[i + 3] == '\n') {
                end = i + 4;
                break;
            }
        }
        if (end < 0) {
            return false;
        }
        status = number(STATUS_AT);
        length = 0;
        isRetriable = false;
        for (int i = STATUS_AT; i < end; i++) {
            if (bytes[i] == '\n') {
                if (isAt(i + 1, LENGTH)) {
                    length = number(i + 1 + LENGTH.length);
                } else if (isAt(i + 1, RETRY)) {
                    isRetriable = number(i + 1 + RETRY.length) > 0;
                }
            }
        }
        bodyAt = end;
        return true;
    }

    private boolean isAt(int at, byte[] name) {
        if (at + name.length > count) {
            return false;
        }
        for (int i = 0; i < name.length; i++) {
            byte each = bytes[at + i];
            if ((each >= 'A' && each <= 'Z' ? each + 32 : each) != name[i]) {
                return false;
            }
        }
        return true;
    }

    private int number(int at) {
        int number = 0;
        for (int i = at; i < count && bytes[i] >= '0' && bytes[i] <= '9'; i++) {
            number = 10 * number + bytes[i] - '0';
        }
        return number;
    }
}
