package io.maas.training.loop;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What one pass over the training data came to.
 *
 * @param epoch its number, from 1 on
 * @param epochs the number of epochs asked for
 * @param train means over the epoch's batches, each as it was before its step; batches count by their rows
 * @param validation of the weights at the end of the epoch; null without a validation set
 * @param duration the time that the epoch took, validation included
 */
public record EpochReport(
        int epoch, int epochs, Scores train, @Nullable Scores validation, Duration duration) {}
