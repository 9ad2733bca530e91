FROM scratch
USER 1
ENV U=http://of-image.shop.svc/x
