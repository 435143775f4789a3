/**
 * Owns what every call shares: tokens and who calls, strict JSON, limits, pages, coded problems. Promises that every answer that is not a success is a problem with a code and without internal text. Hides Spring
 * Security, Tomcat and Jackson. Knows no tenant, image, host or VM: those packages depend on this one.
 */
@NullMarked
package dev.yado.api;

import org.jspecify.annotations.NullMarked;
