package io.maas.api.server;

import io.vertx.core.http.Http2Settings;
import io.vertx.core.http.HttpServerOptions;
import java.util.concurrent.TimeUnit;

/**
 * What one connection by HTTP/2 may take. Beyond these the connection ends. Netty itself ends those that send many empty frames, many
 * small pieces of one head, or many settings and pings without reading the answers.
 */
final class Http2Limits {
    /** At work at once. */
    private static final int MAX_STREAMS = 256;

    /** Streams that a client gives up in 10 seconds: deadlines that pass come to fewer, rapid reset (CVE-2023-44487) to far more. */
    private static final int MAX_RESETS = 1000;

    private static final int RESET_SECONDS = 10;
    private static final int MAX_FRAME_BYTES = 64 << 10;

    /** Of one stream: how much may be under way before anybody has read it. */
    private static final int STREAM_WINDOW_BYTES = 1 << 20;

    private static final int CONNECTION_WINDOW_BYTES = 4 << 20;

    private Http2Limits() {}

    static void apply(HttpServerOptions options, int maxHeaderBytes) {
        options.setInitialSettings(new Http2Settings()
                        .setMaxConcurrentStreams(MAX_STREAMS)
                        .setMaxHeaderListSize(maxHeaderBytes)
                        .setMaxFrameSize(MAX_FRAME_BYTES)
                        .setInitialWindowSize(STREAM_WINDOW_BYTES)
                        .setPushEnabled(false))
                .setHttp2ConnectionWindowSize(CONNECTION_WINDOW_BYTES)
                .setHttp2RstFloodMaxRstFramePerWindow(MAX_RESETS)
                .setHttp2RstFloodWindowDuration(RESET_SECONDS)
                .setHttp2RstFloodWindowDurationTimeUnit(TimeUnit.SECONDS);
    }
}
