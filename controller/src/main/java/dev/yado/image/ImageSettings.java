package dev.yado.image;

import java.time.Duration;
import java.util.List;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * @param maxBytes no image is longer
 * @param keepFreeBytes what is always left free in the file system of the images
 * @param allowedSourceCidrs networks that a tenant's import may reach although they are not public, as in {@code 10.1.0.0/16}
 * @param importTimeout how long the transfer of one import may take
 */
@ConfigurationProperties("yado.images")
record ImageSettings(
        @DefaultValue("1099511627776") long maxBytes,
        @DefaultValue("1073741824") long keepFreeBytes,
        @DefaultValue List<String> allowedSourceCidrs,
        @DefaultValue("6h") Duration importTimeout) {}
