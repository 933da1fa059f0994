/**
 * The exceptions that callers can act on and the argument checks that every public entry shares. Start with {@link
 * io.maas.error.MaasException}, whose children each answer one question: what can the caller do now?
 */
@org.jspecify.annotations.NullMarked
package io.maas.error;
