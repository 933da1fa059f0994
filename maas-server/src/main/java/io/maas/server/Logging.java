package io.maas.server;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.spi.ContextAwareBase;
import org.slf4j.LoggerFactory;

/**
 * Where the program's lines go: to standard error, and those of requests by a thread of their own, as writing one takes longer than
 * answering many. If nobody takes the lines fast enough, those of requests are left out rather than answers.
 *
 * <p>A file that {@code -Dlogback.configurationFile} names is used in place of this.
 */
public final class Logging extends ContextAwareBase implements Configurator {
    private static final String FILE = "logback.configurationFile";
    private static final String PATTERN = "%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX} %-5level %logger - %msg%n";
    private static final String REQUESTS = "io.maas.api.access";

    @Override
    public ExecutionStatus configure(LoggerContext context) {
        if (System.getProperty(FILE) != null) {
            return ExecutionStatus.INVOKE_NEXT_IF_ANY;
        }
        ConsoleAppender<ILoggingEvent> lines = new ConsoleAppender<>();
        lines.setContext(context);
        lines.setTarget("System.err");
        PatternLayoutEncoder encoder = new PatternLayoutEncoder();
        encoder.setContext(context);
        encoder.setPattern(PATTERN);
        encoder.start();
        lines.setEncoder(encoder);
        lines.start();

        GatheringAppender apart = new GatheringAppender(System.err, encoder);
        apart.setContext(context);
        apart.start();

        Logger all = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        all.setLevel(Level.INFO);
        all.addAppender(lines);
        Logger requests = context.getLogger(REQUESTS);
        requests.setAdditive(false);
        requests.addAppender(apart);
        context.getLogger("ai.djl").setLevel(Level.ERROR);
        return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
    }

    /** Writes what waits; nothing is written after that. */
    static void close() {
        if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
            context.stop();
        }
    }
}
