package dev.yado.observe;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/** @param drain between the end of readiness and the end of service */
@ConfigurationProperties("yado.shutdown")
record DrainSettings(@DefaultValue("0s") Duration drain) {}
