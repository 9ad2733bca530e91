class Keys {
  static final String KEY =
      "-----BEGIN RSA PRIVATE KEY-----\n" +
      "MIICXAIBAAKBgQDZx/5ggtxBaHnVewOuGK77V/T87z62ioCEp9X8kYYXR+5jqiC/\n" +
      "oIAMLtb59IYI5kxvFIWvzOplbGfQ+blk+GsIuarqzYVxeYc38VokPJZrH1hRGFu8\n" +
      "4YZ/NAqAkoJQbpNDngH0ZTkY8drLYj2J/ZJifAMbqLySF3yD6h9Mjp3NjwIDAQAB\n" +
      "AoGAQIbLThk33YFxJ9ms+3aA0iP7iL3yXO+oqKV5972+d0Nu1MThsyWBCxsNwz26\n" +
      "QQTLfNYdzjru8GIwWHDFh687NuyJ4IfUlkDC/yxGdrhNJo8zxacS1Fb49FHaxkN0\n" +
      "37uNtrTNtAuu9/JXzlSvxWq+WdosmhqtxgwD6xwVD5G9NDECQQD3UL0ocpNYQrFN\n" +
      "KIos0MnKog3bmqPTO/JhOFHPa8pedUYM9+quuT0sm5f5ni/QrxkXLhl436T4ya+2\n" +
      "r2cAhvmLAkEA4W3BTjSC4aB+86Sn0LQBaJ1p0/AeVPcAYXQhBYt/6esSY9BcimZk\n" +
      "fnQ3b7bD2UD8+Xwe6RGE+M8oroRxAEaUjQJALDZe2pBBDxI9KBILQZ/Bs1vtJkkq\n" +
      "6GRbHE45Md+POfu1HjRj3AB5kzPto05INgJXdfFj1FwG3gMQSpRo0YtPqQJAT05d\n" +
      "gzXWFapw/yYeI74wAK3gXT9MbHe5Go/QTjMVfSXGAnd7FvWOxS39kr+phvTmCp8w\n" +
      "AK65KQ84MK1HU+GAwQJBAKqrMpAOKR1iczwF+RU1RddNIsOrhx/cd+UY7s867y4Y\n" +
      "fqFSl4lCisi8jWmFTfcotk3uh0qHEoKhLw2zw72yTqY=\n" +
      "-----END RSA PRIVATE KEY-----\n";
}
