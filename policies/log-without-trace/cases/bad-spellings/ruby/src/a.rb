Rails.logger.warn "x"
