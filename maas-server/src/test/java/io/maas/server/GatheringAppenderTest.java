package io.maas.server;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class GatheringAppenderTest {
    private final LoggerContext context = new LoggerContext();
    private final ByteArrayOutputStream written = new ByteArrayOutputStream();

    private Logger logger(OutputStream out) {
        PatternLayoutEncoder encoder = new PatternLayoutEncoder();
        encoder.setContext(context);
        encoder.setPattern("%msg%n");
        encoder.start();
        GatheringAppender appender =
                new GatheringAppender(new PrintStream(out, false, StandardCharsets.UTF_8), encoder);
        appender.setContext(context);
        appender.start();
        Logger logger = context.getLogger("requests");
        logger.addAppender(appender);
        return logger;
    }

    private List<String> lines() {
        return written.toString(StandardCharsets.UTF_8).lines().toList();
    }

    @Test
    void whatCameBeforeTheEndIsWrittenInOrder() {
        Logger logger = logger(written);
        for (int i = 0; i < 1000; i++) {
            logger.info("line {}", i);
        }
        context.stop();
        assertThat(lines())
                .isEqualTo(IntStream.range(0, 1000).mapToObj(i -> "line " + i).toList());
    }

    @Test
    void nobodyWaitsForAWriterThatIsStuck() {
        CountDownLatch release = new CountDownLatch(1);
        Logger logger = logger(new OutputStream() {
            @Override
            public void write(int one) {
                written.write(one);
            }

            @Override
            public void write(byte[] bytes, int from, int count) {
                boolean interrupted = false;
                while (release.getCount() > 0) {
                    try {
                        release.await();
                    } catch (InterruptedException e) {
                        interrupted = true;
                    }
                }
                written.write(bytes, from, count);
                if (interrupted) {
                    Thread.currentThread().interrupt();
                }
            }
        });
        for (int i = 0; i < 30_000; i++) {
            logger.info("line {}", i);
        }
        release.countDown();
        context.stop();
        // Twice what may wait, at most: what was stuck, and what came meanwhile.
        assertThat(lines()).startsWith("line 0", "line 1").hasSizeBetween(8192, 20_000);
    }
}
