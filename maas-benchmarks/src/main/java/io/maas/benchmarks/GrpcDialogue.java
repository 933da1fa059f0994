package io.maas.benchmarks;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.DefaultHttp2HeadersEncoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Calls by gRPC of one message each way, one stream after the other. Heads are compressed as real clients do it: from the second call on
 * they are references to the first one's.
 */
final class GrpcDialogue extends Dialogue {
    static final int FRAME_HEAD = 9;
    static final int PREFIX = 5;

    private static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final int DATA = 0;
    private static final int HEADERS = 1;
    static final int RESET = 3;
    private static final int SETTINGS = 4;
    private static final int PING = 6;
    private static final int GO_AWAY = 7;
    private static final int WINDOW_UPDATE = 8;
    private static final int END_STREAM = 1;
    private static final int ACK = 1;
    private static final int END_HEADERS = 4;
    private static final int PRIORITY = 0x20;
    private static final int PRIORITY_BYTES = 5;
    private static final int ALL_THE_WINDOW = Integer.MAX_VALUE - 65_535;

    private final Supplier<Request> requests;
    private final byte[] firstHead;
    private final byte[] nextHead;
    private final DefaultHttp2HeadersDecoder heads = new DefaultHttp2HeadersDecoder(false);
    private Check check = (bytes, from, to) -> false;
    private int stream = -1;
    private int answered = -1;
    private byte[] message = new byte[1024];
    private int messageBytes;
    private ByteBuffer pending = NOTHING;

    GrpcDialogue(String path, Supplier<Request> requests) {
        this.requests = requests;
        Http2Headers head = new DefaultHttp2Headers()
                .method("POST")
                .scheme("http")
                .path(path)
                .authority("127.0.0.1")
                .set("content-type", "application/grpc")
                .set("te", "trailers")
                .set("user-agent", "maas-benchmarks");
        try (DefaultHttp2HeadersEncoder encoder = new DefaultHttp2HeadersEncoder()) {
            firstHead = encoded(encoder, head);
            nextHead = encoded(encoder, head);
        } catch (Http2Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] encoded(DefaultHttp2HeadersEncoder encoder, Http2Headers head) throws Http2Exception {
        ByteBuf out = Unpooled.buffer();
        encoder.encodeHeaders(1, head, out);
        return ByteBufUtil.getBytes(out);
    }

    /** The preface, settings that ask for nothing, and room for all answers to come. */
    @Override
    ByteBuffer opening() {
        ByteBuffer opening = ByteBuffer.allocate(PREFACE.length + FRAME_HEAD + FRAME_HEAD + 4);
        opening.put(PREFACE);
        frame(opening, 0, SETTINGS, 0, 0);
        frame(opening, 4, WINDOW_UPDATE, 0, 0);
        return opening.putInt(ALL_THE_WINDOW).flip();
    }

    static void frame(ByteBuffer out, int length, int type, int flags, int stream) {
        out.put((byte) (length >> 16)).putShort((short) length).put((byte) type);
        out.put((byte) flags).putInt(stream);
    }

    @Override
    ByteBuffer request() {
        Request request = requests.get();
        check = request.check();
        byte[] head = stream < 0 ? firstHead : nextHead;
        stream = stream < 0 ? 1 : stream + 2;
        int length = PREFIX + request.bytes().length;
        ByteBuffer out = ByteBuffer.allocate(FRAME_HEAD + head.length + FRAME_HEAD + length);
        frame(out, head.length, HEADERS, END_HEADERS, stream);
        out.put(head);
        frame(out, length, DATA, END_STREAM, stream);
        return out.put((byte) 0)
                .putInt(request.bytes().length)
                .put(request.bytes())
                .flip();
    }

    @Override
    ByteBuffer pending() {
        ByteBuffer now = pending;
        pending = NOTHING;
        return now;
    }

    /** The message of the answer that was understood last. */
    byte[] message() {
        return Arrays.copyOfRange(message, PREFIX, messageBytes);
    }

    @Override
    @Nullable
    Outcome understand() {
        Outcome outcome = null;
        int at = 0;
        while (count - at >= FRAME_HEAD) {
            ByteBuffer head = ByteBuffer.wrap(bytes, at, FRAME_HEAD);
            int first = head.getInt();
            int end = at + FRAME_HEAD + (first >>> 8);
            if (end > count) {
                break;
            }
            Outcome of = frame(first & 0xFF, head.get(), head.getInt(), at + FRAME_HEAD, end);
            outcome = of == null ? outcome : of;
            at = end;
        }
        drop(at);
        return outcome;
    }

    private @Nullable Outcome frame(int type, int flags, int of, int from, int to) {
        boolean isLast = (flags & END_STREAM) != 0;
        switch (type) {
            case DATA -> {
                append(from, to);
                return isLast ? Outcome.WRONG : null; // Without a status.
            }
            case HEADERS -> {
                Http2Headers head = head((flags & PRIORITY) == 0 ? from : from + PRIORITY_BYTES, to);
                if (!isLast) {
                    messageBytes = 0;
                }
                return isLast ? outcome(head) : null;
            }
            case SETTINGS -> {
                if ((flags & ACK) == 0) {
                    answer(SETTINGS, from, from);
                }
            }
            case PING -> {
                if ((flags & ACK) == 0) {
                    answer(PING, from, to);
                }
            }
            case RESET -> {
                return of == stream && answered != stream ? Outcome.WRONG : null;
            }
            case GO_AWAY -> {
                return Outcome.WRONG;
            }
            default -> {} // Room to send, of which there is always enough.
        }
        return null;
    }

    private Outcome outcome(Http2Headers trailers) {
        answered = stream;
        CharSequence status = trailers.get("grpc-status");
        if (status == null) {
            return Outcome.WRONG;
        }
        switch (status.toString()) {
            case "0" -> {
                return messageBytes >= PREFIX && check.isRight(message, PREFIX, messageBytes)
                        ? Outcome.ANSWERED
                        : Outcome.WRONG;
            }
            case "8", "14" -> {
                return isRetriable(trailers.get("grpc-status-details-bin")) ? Outcome.REFUSED : Outcome.REFUSED_BARE;
            }
            default -> {
                return Outcome.WRONG;
            }
        }
    }

    private static boolean isRetriable(@Nullable CharSequence details) {
        return details != null
                && new String(Base64.getDecoder().decode(details.toString()), StandardCharsets.ISO_8859_1)
                        .contains("google.rpc.RetryInfo");
    }

    private void answer(int type, int from, int to) {
        ByteBuffer out = ByteBuffer.allocate(pending.remaining() + FRAME_HEAD + to - from);
        out.put(pending);
        frame(out, to - from, type, ACK, 0);
        pending = out.put(bytes, from, to - from).flip();
    }

    private Http2Headers head(int from, int to) {
        try {
            return heads.decodeHeaders(stream, Unpooled.wrappedBuffer(bytes, from, to - from));
        } catch (Http2Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private void append(int from, int to) {
        int needed = messageBytes + to - from;
        if (needed > message.length) {
            message = Arrays.copyOf(message, Math.max(needed, 2 * message.length));
        }
        System.arraycopy(bytes, from, message, messageBytes, to - from);
        messageBytes = needed;
    }
}
