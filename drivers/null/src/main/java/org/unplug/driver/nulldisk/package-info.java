/**
 * A disk that completes everything at once and keeps nothing, for benchmarks of what is above it: {@code null}. Reads leave the
 * buffer as it is. Start here to write a driver of your own.
 */
package org.unplug.driver.nulldisk;
