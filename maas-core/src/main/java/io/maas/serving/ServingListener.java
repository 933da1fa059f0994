package io.maas.serving;

/**
 * Hears what happens to models in service. It is called on the thread where that happens, which may be one of a request: it must not
 * block. What it throws is logged and otherwise ignored.
 *
 * <p>Implementations are thread-safe.
 */
@FunctionalInterface
public interface ServingListener {
    void happened(ServingEvent event);
}
